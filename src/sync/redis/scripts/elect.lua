-- Elects the applier of a block, or prolongs its time.
-- KEYS  lease, epoch
-- ARGV  token (who asks), time (ms), floor (an epoch that the ledger has), keep (ms that the epoch is remembered)
-- ->    the epoch under which the asker may apply; 0 when another one is elected
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
local epoch = tonumber(redis.call('GET', KEYS[2]) or '0')
local floor = tonumber(ARGV[3])
if not holder or epoch < floor or epoch == 0 then
  epoch = math.max(epoch, floor) + 1
end
redis.call('SET', KEYS[2], string.format('%d', epoch), 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return epoch
