-- Write tile records into rings, each unless the slot holds a newer one.
-- KEYS: the rings, one for each record, then the view's newest-event key, unless it is on another node.
-- ARGV: record size, slots, ttl in seconds, time of the newest event in ms, all records end to end.
-- Returns how many records were written.
local size, slots, ttl = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local records = ARGV[5]
local call, unpack, sub, rep = redis.call, struct.unpack, string.sub, string.rep
-- Redis prints each number that a call is given, with 17 digits, for about 0.3 µs: all go as texts, made once.
-- EXPIRE would be rewritten as PEXPIREAT, row by row.
local now = call('TIME')
local expires_ms = string.format('%.0f', (now[1] + ttl) * 1000 + now[2] / 1000)
local starts, guard_ends = {}, {}
local written = 0
local rows = #records / size
for i = 1, rows do
  local key, from = KEYS[i], (i - 1) * size + 1
  local tile, n = unpack('<I4I4', records, from)
  local slot = tile % slots
  if not starts[slot] then
    starts[slot], guard_ends[slot] = tostring(slot * size), tostring(slot * size + 7)
  end
  local held = call('GETRANGE', key, starts[slot], guard_ends[slot])
  local held_tile, held_n = -1, 0
  if #held == 8 then held_tile, held_n = unpack('<I4I4', held) end
  if tile > held_tile or (tile == held_tile and n >= held_n) then
    local record = sub(records, from, from + size - 1)
    local before = #held < 8 and call('GET', key)
    if before then
      -- SETRANGE would make room for twice as much. A second tile that goes beyond the first makes all the room.
      before = before .. rep('\0', slot * size - #before) .. record
      call('SET', key, before .. rep('\0', slots * size - #before), 'KEEPTTL')
    else
      call('SETRANGE', key, starts[slot], record)
    end
    -- The time to live of a tile's first write outlasts every window that sees the tile.
    if tile ~= held_tile then call('PEXPIREAT', key, expires_ms) end
    written = written + 1
  end
end
local newest_key = KEYS[rows + 1]
if newest_key then
  local newest = call('GET', newest_key)
  if not newest or tonumber(newest) < tonumber(ARGV[4]) then call('SET', newest_key, ARGV[4]) end
end
return written
