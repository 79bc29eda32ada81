/** Which descriptors a worker has already been given: each travels once, as far as the worker's answers tell. */
import type { FromWorker, ListenerShape, ToWorker } from '../../core/messages.js'

export class Delivery {
  /** Of the last shape that the worker took: one that it refuses leaves it with what it had. */
  private held: ReadonlySet<number> = new Set()
  /** Of shapes still to be answered, by the number of the request. */
  private readonly asked = new Map<number, ReadonlySet<number>>()

  pack(message: ToWorker): { message: ToWorker; descriptors: readonly number[] } {
    const { request } = message
    if (request.do === 'take-flows' || request.do === 'send-flows') {
      const links = request.links.map(({ share }, descriptor) => ({ share, descriptor }))
      const descriptors = request.links.map(({ descriptor }) => descriptor)
      return { message: { ...message, request: { do: request.do, links } }, descriptors }
    }
    if (request.do !== 'configure') return { message, descriptors: [] }
    const descriptors: number[] = []
    const needed = new Set<number>()
    const pack = ({ descriptor, ...listener }: ListenerShape): ListenerShape => {
      if (descriptor === undefined) return listener
      needed.add(descriptor)
      if (this.isHeld(descriptor)) return listener
      return { ...listener, descriptor: descriptors.push(descriptor) - 1 }
    }
    const { shape } = request
    const frontends = shape.frontends.map((one) => ({ ...one, listeners: one.listeners.map(pack) }))
    this.asked.set(message.number, needed)
    return { message: { ...message, request: { do: 'configure', shape: { ...shape, frontends } } }, descriptors }
  }

  /** Whatever the worker will have answered by then. One sent for nothing does no harm: the worker closes it. */
  private isHeld(descriptor: number): boolean {
    return this.held.has(descriptor) && [...this.asked.values()].every((needed) => needed.has(descriptor))
  }

  answered({ number, answer }: Extract<FromWorker, { type: 'answer' }>): void {
    const needed = this.asked.get(number)
    this.asked.delete(number)
    if (needed && answer.ok) this.held = needed
  }
}
