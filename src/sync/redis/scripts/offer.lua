-- Appends commits of one origin to a block's log, if they follow on what the log has of it.
-- KEYS  log, sent (hash: origin -> last seq in the log), receipts of the origin
-- ARGV  origin, prev (seq before the first commit), floor (seq up to which the main database has the origin's commits),
--       then per commit: seq, first ('1': the origin's first), at (ms), payload, mac, cause ('': none)
-- ->    the last seq that the log has of the origin. Other than asked for: the caller goes on from there.
-- A log that is gone takes the knowledge of what was in it along: the caller starts over from its floor. So does one who asks
-- without commits, when those he gave are neither in the log nor among the receipts.
local log, sent, receipts = KEYS[1], KEYS[2], KEYS[3]
local origin, prev, floor = ARGV[1], ARGV[2], ARGV[3]
local held = false
if redis.call('EXISTS', log) == 1 then
  held = redis.call('HGET', sent, origin)
else
  redis.call('DEL', sent)
end
if not held or tonumber(held) < tonumber(floor) then held = floor end
if #ARGV == 3 then
  if held ~= floor and redis.call('XLEN', log) == 0 and redis.call('XLEN', receipts) == 0 then
    redis.call('HDEL', sent, origin)
    return floor
  end
  return held
end
if held ~= prev then return held end
for at = 4, #ARGV, 6 do
  redis.call('XADD', log, '*', 'o', origin, 's', ARGV[at], 'f', floor, 'i', ARGV[at + 1],
    't', ARGV[at + 2], 'p', ARGV[at + 3], 'm', ARGV[at + 4], 'c', ARGV[at + 5])
  held = ARGV[at]
end
redis.call('HSET', sent, origin, held)
redis.call('PERSIST', log)
redis.call('PERSIST', sent)
return held
