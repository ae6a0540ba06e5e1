/**
 * One block's commits in Redis. Every verb rejects with a QueueError when Redis does not answer; nothing is known then of
 * whether it happened.
 */
class Log {
  /** @param {import('./redis').Redis} redis @param {any} native */
  constructor(redis, native) {
    this.redis = redis
    this.native = native
  }

  /**
   * The next commits of the outbox after `sent`; those who apply hear of them.
   * @param {any} block the native block @param {number} sent
   * @returns {Promise<{origin: string, sent: number, floor: number, worker: boolean | null} | null>} up to which seq Redis has the
   *   origin's commits, and the main database, and whether a worker for the block lives; null when none are left
   */
  offer(block, sent) {
    return this.redis.ask(() => this.native.offer(block, sent))
  }

  /**
   * As `offer`, of nothing: does Redis still have what it was given? `asked` is the seq that it should have.
   * @param {any} block @param {number} sent
   * @returns {Promise<{origin: string, asked: number, sent: number, floor: number} | null>}
   */
  probe(block, sent) {
    return this.redis.ask(() => this.native.probe(block, sent))
  }

  /** @returns {Promise<boolean>} whether a worker for the block lives */
  ring() {
    return this.redis.ask(() => this.native.ring())
  }

  /**
   * @param {string} token who asks @param {number} liveMs @param {number} floor
   * @returns {Promise<number | null>} the epoch; null while another is elected
   */
  elect(token, liveMs, floor) {
    return this.redis.ask(() => this.native.elect(token, liveMs, floor))
  }

  /** @param {string} token @param {boolean} force @returns {Promise<boolean>} false when commits wait */
  resign(token, force) {
    return this.redis.ask(() => this.native.resign(token, force))
  }

  /**
   * @param {any} schema the native one @param {number} maxCommits @param {string | undefined} after an id
   * @param {import('../apply/split').How & {epoch: number}} how
   * @returns {Promise<{work: any, ids: string[], floor: number} | null>}
   */
  nextWork(schema, maxCommits, after, how) {
    return this.redis.ask(() => this.native.nextWork(schema, maxCommits, after, JSON.stringify(how)))
  }

  /** @param {{id: string, origin: string, last: number, receipt?: object, again?: boolean, anew?: boolean}} settlement */
  settle({ id, origin, last, receipt, again = false, anew = false }) {
    const text = receipt ? JSON.stringify(receipt) : ''
    return this.redis.ask(() => this.native.settle(id, origin, last, text, again, anew))
  }

  /** @param {any} schema the native one @param {string} payload of a commit of another block @returns {Promise<boolean>} */
  feeds(schema, payload) {
    return this.redis.ask(() => this.native.feeds(schema, payload))
  }

  /** @param {string} origin @param {string | undefined} after @returns {Promise<Array<{id: string, text: string}>>} */
  heard(origin, after) {
    return this.redis.ask(() => this.native.heard(origin, after))
  }

  /** Everybody who has the block hears that its contents are old. @returns {Promise<{memory: string, version: string}>} */
  invalidate() {
    return this.redis.ask(() => this.native.invalidate())
  }

  /** What is known of such words; compared with what was known before. @returns {Promise<{memory: string, version: string | null}>} */
  freshness() {
    return this.redis.ask(() => this.native.freshness())
  }

  /** @param {string} origin @param {string} id */
  forget(origin, id) {
    return this.redis.ask(() => this.native.forget(origin, id))
  }
}

module.exports = { Log }
