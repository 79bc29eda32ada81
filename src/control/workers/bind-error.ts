/** A listener could not be bound. */
export class BindError extends Error {
  constructor(
    /** `tcp://127.0.0.1:5432 of frontend postgres`, `unix:/run/db.sock of frontend postgres` */
    readonly listener: string,
    /** errno name */
    readonly code: string,
  ) {
    super(`cannot bind ${listener}: ${code}`)
  }
}
