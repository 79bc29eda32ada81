/** The next generation did not come up; the message says why. */
export class SuccessorError extends Error {}
