/** What a server is to a database, where its probe can tell. */

export const ROLES = ['primary', 'replica'] as const
/** The primary takes writes; a replica follows it and is read only. */
export type Role = (typeof ROLES)[number]
