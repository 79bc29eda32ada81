/** Socket pairs between the workers of two generations, one for each share of the UDP ports. */
import type { FlowLinkEnd } from '../../core/messages.js'
import { createSocketPair } from '../../native/descriptor-passing.js'
import { close } from '../../native/libc.js'
import type { HandedSocket } from '../workers/listening-sockets.js'

export class FlowLinks {
  private constructor(
    readonly ours: readonly FlowLinkEnd[],
    readonly theirs: readonly FlowLinkEnd[],
  ) {}

  static create(sockets: readonly HandedSocket[]): FlowLinks {
    const shares = new Set(sockets.filter(({ protocol }) => protocol === 'udp').map(({ share }) => share))
    const pairs = [...shares].map((share) => ({ share, ends: createSocketPair() }))
    return new FlowLinks(
      pairs.map(({ share, ends: [descriptor] }) => ({ share, descriptor })),
      pairs.map(({ share, ends: [, descriptor] }) => ({ share, descriptor })),
    )
  }

  closeOurs(): void {
    for (const { descriptor } of this.ours) close(descriptor)
  }
  /** The successor has inherited them. */
  closeTheirs(): void {
    for (const { descriptor } of this.theirs) close(descriptor)
  }
}
