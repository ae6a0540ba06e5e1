-- Gives the lease back, unless commits wait: whoever was refused the lease after these were appended relies on it.
-- KEYS  lease, log
-- ARGV  token, force ('1': also when commits wait)
-- ->    1 given back, or not ours; 0 commits wait
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 1 end
if ARGV[2] ~= '1' and redis.call('XLEN', KEYS[2]) > 0 then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
