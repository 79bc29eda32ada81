/** The port of the metrics, which two generations cannot have at the same time: let go of and taken again. */
import type { InetAddress } from '../../core/address.js'
import type { ListeningHttp } from '../metrics/http.js'

export class MetricsPort {
  private listening: ListeningHttp | undefined

  /** @param open undefined where no metrics are configured */
  constructor(private readonly open: () => Promise<ListeningHttp | undefined>) {}

  get address(): InetAddress | undefined {
    return this.listening?.address
  }

  /** Does nothing where it is listened on already. */
  async start(): Promise<void> {
    this.listening ??= await this.open()
  }

  async stop(): Promise<void> {
    const { listening } = this
    this.listening = undefined
    await listening?.close()
  }
}
