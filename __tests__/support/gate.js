// What one waits for until another says so.

function gate() {
  /** @type {() => void} */
  let open = () => {}
  const opened = new Promise((resolve) => {
    open = () => resolve(undefined)
  })
  return { open, opened }
}

module.exports = { gate }
