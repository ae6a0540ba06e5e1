// One cell of the bench: one adapter with one workload, in a process of its own. The parent sends
// {setup}, {check}, {round}, {finish}; each is answered with {result} or {error}.

const { monitorEventLoopDelay } = require('node:perf_hooks')
const { setImmediate: nextTurn, setTimeout: sleep } = require('node:timers/promises')
const { ADAPTERS } = require('./adapters')
const { percentile } = require('./stats')
const { WORKLOADS } = require('./workloads')

/** The event loop gets a turn at least this often, as it does in a server: background work is part of the cost. */
const TURN_NS = 1_000_000n
const LOOP_RESOLUTION_MS = 1

const now = process.hrtime.bigint

/** @type {import('./adapters').Instance} */
let instance
/** @type {import('./workloads').Workload} */
let workload
let calls = 0

/** Lets the event loop turn when the last turn is a while ago. */
function turns() {
  let last = now()
  return async () => {
    if (now() - last < TURN_NS) return
    await nextTurn()
    last = now()
  }
}

/** @param {any} value */
const isPromise = (value) => typeof value?.then === 'function'

/** Times every call alone. @param {{ limit: number, deadline: bigint }} range */
async function timeEachCall({ limit, deadline }) {
  const { ops } = instance
  const turn = turns()
  const samples = []
  while (samples.length < limit && now() < deadline) {
    const prepared = workload.prepare(calls++, ops)
    const argument = isPromise(prepared) ? await prepared : prepared
    const before = now()
    const answer = workload.run(ops, argument)
    if (isPromise(answer)) await answer
    samples.push(Number(now() - before) / 1_000)
    await turn()
  }
  return { p50: percentile(samples, 50), p99: percentile(samples, 99), calls: samples.length }
}

/** Counts what several callers reach together. @param {{ limit: number, deadline: bigint }} range */
async function countCalls({ limit, deadline }) {
  const { ops } = instance
  const turn = turns()
  let left = limit
  const caller = async () => {
    while (left-- > 0 && now() < deadline) {
      const answer = workload.run(ops, workload.prepare(calls++, ops))
      if (isPromise(answer)) await answer
      done++
      await turn()
    }
  }
  let done = 0
  const before = now()
  await Promise.all(Array.from({ length: workload.callers ?? 1 }, caller))
  return { perSecond: done / (Number(now() - before) / 1e9), calls: done }
}

/** @param {import('./adapters').Doors} before @param {import('./adapters').Doors} after */
const served = (before, after) => ({
  fast: after.fast - before.fast,
  shell: after.shell - before.shell,
  fallbacks: after.fallbacks - before.fallbacks,
  main: after.main - before.main,
})

/** @param {{ seconds: number, fraction: number }} size */
async function round({ seconds, fraction }) {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  delay.enable()
  // It tells the time between two of its ticks: the first must have been before the first call.
  await sleep(2 * LOOP_RESOLUTION_MS)
  const range = {
    limit: Math.ceil(workload.maxCalls * fraction),
    deadline: now() + BigInt(Math.round(seconds * fraction * 1e9)),
  }
  const before = instance.doors?.()
  const timing = workload.callers ? await countCalls(range) : await timeEachCall(range)
  const after = instance.doors?.()
  // A delay is recorded when it ends: without a turn the last one would be missing.
  await sleep(2 * LOOP_RESOLUTION_MS)
  delay.disable()
  const settling = now()
  await instance.settle?.()
  return {
    ...timing,
    doors: before && after && served(before, after),
    loopP99Ms: Math.max(0, delay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
    settleMs: Number(now() - settling) / 1e6,
  }
}

/** @type {Record<string, (argument: any) => Promise<any>>} */
const COMMANDS = {
  async setup({ adapterName, workloadName, context }) {
    const adapter = ADAPTERS.find(({ name }) => name === adapterName)
    const found = WORKLOADS.find(({ name }) => name === workloadName)
    if (!adapter || !found) throw new Error(`no such cell: ${adapterName} × ${workloadName}`)
    workload = found
    instance = await adapter.setup({ ...context, workload })
    return { skip: instance.skip, note: instance.note }
  },
  check: () => workload.check(instance.ops),
  figures: () => workload.figures?.(instance.ops),
  round,
  async finish() {
    const difference = workload.kind === 'write' ? await instance.verify?.() : null
    await instance.teardown()
    return difference ?? null
  },
}

process.on('message', async (/** @type {{ command: string, argument: any }} */ { command, argument }) => {
  try {
    process.send?.({ result: await COMMANDS[command](argument) })
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) })
  }
})
