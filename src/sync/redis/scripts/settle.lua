-- Removes commits that the main database has confirmed, and leaves the origin word of it.
-- KEYS  log, sent, receipts
-- ARGV  after (the first id that stays), receipt ('': none), mac, idle (ms that what an idle block leaves is kept),
--       forget (an origin whose commits have to be offered again, or ''), anew ('1': all of the log has to be)
-- ->    how many entries the log has left
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
if ARGV[6] == '1' then redis.call('DEL', KEYS[1], KEYS[2]) end
if ARGV[5] ~= '' then redis.call('HDEL', KEYS[2], ARGV[5]) end
if ARGV[2] ~= '' then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', '10000', '*', 'r', ARGV[2], 'm', ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
local left = redis.call('XLEN', KEYS[1])
if left == 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return left
