// Writers of one file wait for each other, and are never told of it.

const BUSY = /SQLITE_BUSY|SQLITE_LOCKED|database (?:table )?is locked/i

/** @param {import('.').Evidence} _evidence @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find */
function busy(_evidence, fates, find) {
  for (const { op, error } of fates.all)
    if (error && BUSY.test(error)) find('busy', `${op} failed with ${error}`)
}

module.exports = { busy }
