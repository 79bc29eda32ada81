/** Results as Markdown tables. */
import { ratios, type Spread, spread } from './measure/statistics.js'
import { type Results, series, type WorkloadResults } from './results.js'
import type { Figure } from './workloads/workload.js'

const HAPROXY = 'HAProxy'
const NGINX = 'nginx'

export function report(results: Results): string {
  const sections = [
    about(results),
    '### Costs\n\nMedian over the rounds (lowest–highest). CPU is that of the proxy: all its processes and threads.',
    figureTable(results, true),
    '### Ratios\n\nheadgate over the other, in the same round: median (lowest–highest), the goal, and whether it is met.',
    ratioTable(results),
    '### Rates\n\nWhat the load reached. Load and servers share one core, so this says little about the proxy.',
    figureTable(results, false),
  ]
  return sections.join('\n\n')
}

function about({ at, machine, rounds, seconds, proxies }: Results): string {
  const versions = proxies.filter(({ version }) => version).map(({ name, version }) => `${name} ${version}`)
  const { cpu, cores, memoryGb, kernel, node, commit } = machine
  return [
    `Measured on ${at.slice(0, 10)} at commit ${commit}: ${rounds} interleaved rounds of ${seconds} s for each workload and proxy.`,
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${kernel}, Node ${node}. ${versions.join(', ')}.`,
  ].join('\n')
}

function figureTable({ workloads, proxies }: Results, isCost: boolean): string {
  const rows = eachFigure(workloads, (workload, figure) => {
    if (figure.isCost !== isCost) return []
    const cells = proxies.map(({ name }) => show(spread(series(workload, name, figure.name)), figure.digits))
    return [[workload.workload.title, figure.unit, ...cells]]
  })
  return table(['workload', 'unit', ...proxies.map(({ name }) => name)], rows)
}

function ratioTable({ workloads, proxies }: Results): string {
  const ours = proxies.map(({ name }) => name).filter((name) => name.startsWith('headgate'))
  const rows = eachFigure(workloads, (workload, figure) =>
    figure.isCost ? ours.map((name) => ratioRow(workload, figure, name)) : [],
  )
  return table(['workload', 'figure', 'engine', `to ${HAPROXY}`, `to ${NGINX}`], rows)
}

function ratioRow(workload: WorkloadResults, figure: Figure, ours: string): string[] {
  const cell = (other: string, goal: number | undefined) => {
    const ratio = ratios(series(workload, ours, figure.name), series(workload, other, figure.name))
    if (!ratio || goal === undefined) return show(ratio, 2)
    return `${show(ratio, 2)}, goal ${goal}: ${ratio.median <= goal ? 'met' : 'missed'}`
  }
  const engine = /\((.*)\)/.exec(ours)?.[1] ?? ours
  const { goal } = figure
  return [workload.workload.title, figure.unit, engine, cell(HAPROXY, goal?.haproxy), cell(NGINX, goal?.nginx)]
}

function eachFigure(
  workloads: readonly WorkloadResults[],
  rows: (workload: WorkloadResults, figure: Figure) => string[][],
): string[][] {
  return workloads.flatMap((workload) => workload.workload.figures.flatMap((figure) => rows(workload, figure)))
}

function show(of: Spread | undefined, digits: number): string {
  if (!of) return '–'
  const { median, min, max } = of
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
