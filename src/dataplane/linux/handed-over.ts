/**
 * Sockets that control hands over with a shape. They travel beside the message (unix(7), SCM_RIGHTS), in the order in
 * which its listeners name them; a number that is control's own means nothing here, and is replaced by ours.
 */
import type { FrontendShape, ListenerShape, ToWorker } from '../../core/messages.js'

/** @param received descriptors in order of arrival; those that the message names are taken out */
export function withDescriptors(message: ToWorker, received: number[]): ToWorker {
  const { request } = message
  if (request.do !== 'configure' || received.length === 0) return message
  const takeOver = (listener: ListenerShape): ListenerShape => {
    const descriptor = listener.descriptor === undefined ? undefined : received.shift()
    return descriptor === undefined ? listener : { ...listener, descriptor }
  }
  const frontends = request.shape.frontends.map((frontend: FrontendShape) => ({
    ...frontend,
    listeners: frontend.listeners.map(takeOver),
  }))
  return { ...message, request: { ...request, shape: { ...request.shape, frontends } } }
}
