/** What the sessions of a TCP frontend speak, as far as headgate listens: `tcp` is bytes and nothing else. */
export const SPOKEN = ['tcp', 'postgres'] as const
export type Spoken = (typeof SPOKEN)[number]
