/**
 * The one way to change who is there: frontends, backends and servers. Workers are told first; when all of them took it
 * the registry adopts it, and when one could not (a port in use) nothing has changed. Changes wait for one another.
 */
import type { BoundListener, Shape } from '../../core/messages.js'
import { declaredOf } from '../registry/declared.js'
import { type AddressOf, type Declared, Plan } from '../registry/plan.js'
import type { Registry } from '../registry/registry.js'
import { shapeOf } from '../registry/shape.js'

/** Tells every worker; throws BindError when a listener cannot be bound, and nothing has changed then. */
export interface ShapedWorkers {
  configure(shape: Shape): Promise<readonly BoundListener[]>
}

export interface TopologyOptions {
  readonly registry: Registry
  readonly workers: ShapedWorkers
  /** Whether workers send the lines of closed sessions; asked each time that they are told something. */
  readonly records: () => boolean
  /** Of host names that are known already. */
  readonly addressOf?: AddressOf
  /** Unix time, ms. */
  readonly clock?: () => number
}

export class Topology {
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: TopologyOptions) {}

  /** Tells the workers how things stand: at first, and after the address of a server changed. Throws BindError. */
  configure(): Promise<void> {
    return this.inTurn(() => this.tell(this.options.registry))
  }

  /**
   * Changes who is there, all or nothing. Throws BindError or NoRoom, and nothing has changed then.
   * @param edit from what is there when its turn has come to what shall be
   * @param by whoever asked for it; undefined where a config did
   */
  change(edit: (declared: Declared) => Declared, by?: string): Promise<void> {
    return this.inTurn(async () => {
      const { registry, addressOf, clock = Date.now } = this.options
      const plan = new Plan(registry, edit(declaredOf(registry)), clock(), addressOf)
      try {
        const bound = await this.options.workers.configure(shapeOf(plan, this.options.records()))
        registry.adopt(plan, by)
        this.noteBound(bound)
      } catch (error) {
        plan.abandon()
        throw error
      }
    })
  }

  private async tell(shaped: Registry): Promise<void> {
    this.noteBound(await this.options.workers.configure(shapeOf(shaped, this.options.records())))
  }

  private noteBound(bound: readonly BoundListener[]): void {
    for (const frontend of this.options.registry.frontends) {
      frontend.bound = bound.filter((one) => one.frontend === frontend.id).map((one) => one.address)
    }
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.last.then(run)
    this.last = turn.catch(() => {})
    return turn
  }
}
