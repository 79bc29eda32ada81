/** Hands the flows of some UDP ports to a worker of another generation, a batch at a time. */
import type { FlowHandOver, FlowLink } from '../engine.js'
import { FLOW_RECORD_VERSION, type FlowAnswer, type FlowMessage } from './flow-record.js'
import type { UdpFlow } from './udp-flow.js'
import type { UdpListener } from './udp-listener.js'

/** Descriptors in one message: SCM_MAX_FD of unix(7) is 253. */
const BATCH = 250

/** @param ports by what the other worker knows them by; closed when this is done. @param onDone how many were taken */
export function sendFlows(
  engine: FlowHandOver,
  descriptor: number,
  ports: ReadonlyMap<string, UdpListener>,
  onDone: (taken: number) => void,
): void {
  const batches = [...ports].flatMap(([listener, port]) =>
    inBatches(port.handOver(engine)).map((flows) => ({ listener, flows })),
  )
  let taken = 0
  const finish = () => {
    link.close()
    for (const { flows } of batches) for (const flow of flows) flow.end('frontend-removed')
    for (const port of ports.values()) port.close()
    onDone(taken)
  }
  const link = engine.openLink(descriptor, {
    onMessage: (message) => {
      const batch = batches.shift()
      if (!batch) return finish()
      taken += (message as FlowAnswer).count // the other worker answers nothing else
      for (const flow of batch.flows) flow.moved(engine)
      sendNext()
    },
    onClosed: finish,
  })
  const sendNext = () => send(engine, link, batches[0])
  sendNext()
}

function send(engine: FlowHandOver, link: FlowLink, batch: Batch | undefined): void {
  if (!batch) return link.send({ type: 'end' } satisfies FlowMessage)
  const records = batch.flows.flatMap((flow) => flow.passOn(engine) ?? [])
  const flows = records.map(({ record }) => record)
  const message: FlowMessage = { type: 'flows', version: FLOW_RECORD_VERSION, listener: batch.listener, flows }
  link.send(
    message,
    records.map(({ descriptor }) => descriptor),
  )
}

interface Batch {
  readonly listener: string
  readonly flows: readonly UdpFlow[]
}

function inBatches(flows: readonly UdpFlow[]): UdpFlow[][] {
  return Array.from({ length: Math.ceil(flows.length / BATCH) }, (_, i) => flows.slice(i * BATCH, (i + 1) * BATCH))
}
