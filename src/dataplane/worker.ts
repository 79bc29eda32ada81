/** Entry of a worker, thread or process: opens the scoreboard, starts its engine and turns the loop. */
import { Scoreboard } from '../core/scoreboard/scoreboard.js'
import { bootWorker } from './boot.js'
import { DataPlane } from './data-plane.js'

const { engine, memory, worker } = await bootWorker()
new DataPlane(engine, Scoreboard.open(memory), worker, Math.random)
engine.run()
