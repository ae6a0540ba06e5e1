/** A listener that throws is the listener's own error: it must not look like one of the way to the main database. @param {(event: string, detail?: any) => void} emit */
const apart = (emit) => (/** @type {string} */ event, /** @type {any} */ detail) =>
  queueMicrotask(() => emit(event, detail))

module.exports = { apart }
