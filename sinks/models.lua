-- Replace a snapshot, whole, unless the one held is newer: after a failure a job publishes a stretch again.
-- KEYS: the hash, and what predicts. ARGV: generation, version, what predicts, then fields and values in turn.
local held = redis.call('HMGET', KEYS[1], 'generation', 'version')
local generation, version = tonumber(ARGV[1]), tonumber(ARGV[2])
if held[1] then
  local held_generation, held_version = tonumber(held[1]), tonumber(held[2])
  if generation < held_generation or (generation == held_generation and version < held_version) then
    return 0
  end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'generation', ARGV[1], unpack(ARGV, 4))
redis.call('SET', KEYS[2], ARGV[3])
return 1
