/** An answer other than success that the client should be told about. */
export class HttpError extends Error {
  override name = 'HttpError' as const;
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
