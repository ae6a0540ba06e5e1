/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.js'],
  testPathIgnorePatterns: ['/__tests__/support/'],
  globalSetup: '<rootDir>/__tests__/support/global-setup.js',
  globalTeardown: '<rootDir>/__tests__/support/global-teardown.js',
  // Nothing is transpiled: tests run the files that are published.
  transform: {},
  // One PostgreSQL and two cores: more workers only make the crash tests' timings worse.
  maxWorkers: 2,
  testTimeout: 30_000,
}
