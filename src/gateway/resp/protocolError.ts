/** What a client sent is not the Redis protocol, or is beyond a limit: the connection cannot go on. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(`Protocol error: ${message}`);
    this.name = 'ProtocolError';
  }
}
