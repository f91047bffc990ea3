-- Put entries into bounded lists: of an item the greatest entry stays, of all items the `keep` greatest.
-- KEYS: the lists, one for each row.
-- ARGV: entry size, where in it the item begins, keep, slots, ttl in seconds, all rows end to end.
-- A row is the number of a tile (u4) and an entry. A slot is that of its tile, how many entries it holds (u4),
-- and the entries, the greatest first. An entry begins with its weight and compares as its bytes do.
-- Returns how many rows changed a list.
local size, item_at, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local slots, ttl, rows = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local row_size, slot_size = 4 + size, 8 + keep * size
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local sub, byte, find, floor = string.sub, string.byte, string.find, math.floor
local now = call('TIME')
local expires_ms = string.format('%.0f', (now[1] + ttl) * 1000 + now[2] / 1000)

-- Whether an entry is greater than the one that begins at `at`. Lua's own order is that of the locale, and its
-- numbers are exact to 2^53 only, so what looks equal is compared byte by byte.
local function above(entry, list, at)
  local weight, other = unpack('>I8', entry), unpack('>I8', list, at)
  if weight ~= other then return weight > other end
  for i = 1, size do
    local mine, its = byte(entry, i), byte(list, at + i - 1)
    if mine ~= its then return mine > its end
  end
  return false
end

-- Where the entry of an item begins; nil if there is none.
local function place_of(list, item)
  local at = find(list, item, 1, true)
  while at and (at - 1 - item_at) % size ~= 0 do at = find(list, item, at + 1, true) end
  return at and at - item_at
end

-- The list with an entry put in; nil if that changes nothing.
local function put(list, entry)
  local at = place_of(list, sub(entry, item_at + 1))
  if at then
    if not above(entry, list, at) then return nil end
    list = sub(list, 1, at - 1) .. sub(list, at + size)
  end
  local low, high = 0, #list / size
  while low < high do
    local middle = floor((low + high) / 2)
    if above(entry, list, middle * size + 1) then high = middle else low = middle + 1 end
  end
  if low == keep then return nil end
  return sub(list, 1, low * size) .. entry .. sub(list, low * size + 1, (keep - 1) * size)
end

local written = 0
for i = 1, #KEYS do
  local key, from = KEYS[i], (i - 1) * row_size + 1
  local tile, entry = unpack('<I4', rows, from), sub(rows, from + 4, from + row_size - 1)
  local start = tile % slots * slot_size
  local held = call('GETRANGE', key, start, start + slot_size - 1)
  local held_tile, used = 0, 0
  if #held >= 8 then held_tile, used = unpack('<I4I4', held) end
  if tile >= held_tile then
    local list = put(tile == held_tile and sub(held, 9, 8 + used * size) or '', entry)
    if list then
      call('SETRANGE', key, start, pack('<I4I4', tile, #list / size) .. list)
      call('PEXPIREAT', key, expires_ms)
      written = written + 1
    end
  end
end
return written
