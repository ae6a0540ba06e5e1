-- A worker says that it lives, and is told what waits.
-- KEYS  due, workers
-- ARGV  time (ms that it will live at least), how many blocks it wants to hear of, then the blocks that it is for ('*': all)
-- ->    blocks that have commits, the longest waiting first
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
for at = 3, #ARGV do
  redis.call('ZADD', KEYS[2], 'GT', now + tonumber(ARGV[1]), ARGV[at])
end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[2]) - 1)
