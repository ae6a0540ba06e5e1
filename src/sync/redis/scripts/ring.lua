-- Tells those who apply that a block has commits.
-- KEYS  bell, due (set: block -> ms), workers (set: block or '*' -> ms until which a worker for it lives)
-- ARGV  block, idle (ms that what an idle block leaves is kept)
-- ->    1 when a worker for the block lives, else 0
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', '1000', '*', 'b', ARGV[1])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
for _, member in ipairs({ '*', ARGV[1] }) do
  local till = redis.call('ZSCORE', KEYS[3], member)
  if till and tonumber(till) > now then return 1 end
end
return 0
