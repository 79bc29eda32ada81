/** Which descriptors a worker has already been given: each travels once. */
import type { ListenerShape, ToWorker } from '../../core/messages.js'

export class Delivery {
  private delivered = new Set<number>()

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
      if (this.delivered.has(descriptor)) return listener
      return { ...listener, descriptor: descriptors.push(descriptor) - 1 }
    }
    const { shape } = request
    const frontends = shape.frontends.map((one) => ({ ...one, listeners: one.listeners.map(pack) }))
    this.delivered = needed
    return { message: { ...message, request: { do: 'configure', shape: { ...shape, frontends } } }, descriptors }
  }
}
