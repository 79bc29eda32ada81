/** Takes the flows of a worker of another generation; its ports stay unread until the last one is here. */
import type { FlowHandOver } from '../engine.js'
import { FLOW_RECORD_VERSION, type FlowAnswer, type FlowMessage, type FlowRecord } from './flow-record.js'

export interface FlowTakers {
  /** Takes one flow and its socket; false when there is no port, or no server, for it. */
  take(listener: string, flow: FlowRecord, descriptor: number): boolean
  /** Nothing more will come. */
  onEnd(): void
}

export function takeFlows(engine: FlowHandOver, descriptor: number, { take, onEnd }: FlowTakers): void {
  const answer = (count: number) => link.send({ type: 'taken', count } satisfies FlowAnswer)
  const link = engine.openLink(descriptor, {
    onMessage: (received, descriptors) => {
      const message = received as FlowMessage // a worker says nothing else, and its form has a version
      if (message.type === 'end') {
        onEnd()
        return answer(0)
      }
      const isKnown = message.version === FLOW_RECORD_VERSION
      const taken = descriptors.filter((socket, i) => {
        const flow = isKnown ? message.flows[i] : undefined
        return flow ? take(message.listener, flow, socket) : engine.discard(socket)
      })
      answer(taken.length)
    },
    onClosed: onEnd,
  })
}
