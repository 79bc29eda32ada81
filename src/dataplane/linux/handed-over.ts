/**
 * Sockets that control hands over with a shape. They travel beside the message (unix(7), SCM_RIGHTS); on the channel a
 * listener names its socket by the place among those that came with the message.
 */
import type { ListenerShape, ToWorker } from '../../core/messages.js'

/** Puts our own descriptors into a message. Those that it names are taken from the front of `received`. */
export function withDescriptors(message: ToWorker, received: number[]): ToWorker {
  const { request } = message
  if (request.do === 'take-flows' || request.do === 'send-flows') {
    const ours = received.splice(0, request.links.length)
    const links = request.links.flatMap(({ share, descriptor: place }) => {
      const descriptor = ours[place]
      return descriptor === undefined ? [] : [{ share, descriptor }]
    })
    return { ...message, request: { do: request.do, links } }
  }
  if (request.do !== 'configure') return message
  const { frontends } = request.shape
  const named = frontends.flatMap(({ listeners }) => listeners.filter(({ descriptor }) => descriptor !== undefined))
  if (named.length === 0) return message
  const ours = received.splice(0, named.length)
  const takeOver = ({ descriptor: place, ...listener }: ListenerShape): ListenerShape => {
    const descriptor = place === undefined ? undefined : ours[place]
    return descriptor === undefined ? listener : { ...listener, descriptor }
  }
  const shape = {
    ...request.shape,
    frontends: frontends.map((frontend) => ({ ...frontend, listeners: frontend.listeners.map(takeOver) })),
  }
  return { ...message, request: { do: 'configure', shape } }
}
