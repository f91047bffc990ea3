-- Write tile records into rings, each unless the slot holds a newer one.
-- KEYS: the rings, one for each record, then the view's newest-event key.
-- ARGV: record size, slots, ttl in seconds, time of the newest event in ms, all records end to end.
-- Returns how many records were written.
local size, slots, ttl = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local records = ARGV[5]
local written = 0
for i = 1, #KEYS - 1 do
  local from = (i - 1) * size + 1
  local tile, n = struct.unpack('<I4I4', records, from)
  local at = (tile % slots) * size
  local held = redis.call('GETRANGE', KEYS[i], at, at + 7)
  local held_tile, held_n = -1, 0
  if #held == 8 then held_tile, held_n = struct.unpack('<I4I4', held) end
  if tile > held_tile or (tile == held_tile and n >= held_n) then
    redis.call('SETRANGE', KEYS[i], at, string.sub(records, from, from + size - 1))
    -- The time to live of a tile's first write outlasts every window that sees the tile.
    if tile ~= held_tile then redis.call('EXPIRE', KEYS[i], ttl) end
    written = written + 1
  end
end
local newest = redis.call('GET', KEYS[#KEYS])
if not newest or tonumber(newest) < tonumber(ARGV[4]) then redis.call('SET', KEYS[#KEYS], ARGV[4]) end
return written
