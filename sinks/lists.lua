-- Put entries into bounded lists: of an item the greatest entry stays, of all items the `keep` greatest.
-- KEYS: the lists, one for each row.
-- ARGV: entry size, where in it the item begins, keep, slots, ttl in seconds, all rows end to end.
-- A row is the number of a tile (u4) and an entry. A slot is that of its tile, how many entries it holds (u4),
-- and the entries, the greatest first; one of several takes the room of a full one. An entry begins with its
-- weight and compares as its bytes do.
-- Returns how many rows changed a list.
local size, item_at, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local slots, ttl, rows = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local row_size, slot_size = 4 + size, 8 + keep * size
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local sub, find, floor, rep = string.sub, string.find, math.floor, string.rep
-- An entry as whole numbers of at most four bytes, whose order is its own.
local parts = '>' .. string.rep('I4', floor(size / 4)) .. string.rep('I1', size % 4)
local now = call('TIME')
local expires_ms = string.format('%.0f', (now[1] + ttl) * 1000 + now[2] / 1000)

-- Whether an entry is greater than the one that begins at `at`. Lua's own order of strings is that of a locale,
-- and its numbers are exact to 2^53 only, so what looks equal is compared part by part.
local function above(entry, list, at)
  local weight, other = unpack('>I8', entry), unpack('>I8', list, at)
  if weight ~= other then return weight > other end
  local mine, its = { unpack(parts, entry) }, { unpack(parts, list, at) }
  for i = 1, #mine - 1 do
    if mine[i] ~= its[i] then return mine[i] > its[i] end
  end
  return false
end

-- Where the entry of an item begins, in what ends before `limit`; nil if there is none.
local function place_of(held, item, limit)
  local at = find(held, item, 9, true)
  while at and (at - 9 - item_at) % size ~= 0 do at = find(held, item, at + 1, true) end
  return at and at < limit and at - item_at
end

-- What an entry changes in a slot of so many: from which place on, what stands there then, and how many there
-- are. Nil if it changes nothing.
local function change(held, used, entry)
  local limit = 9 + used * size
  local at = place_of(held, sub(entry, item_at + 1), limit)
  if at and not above(entry, held, at) then return nil end
  local low, high = 0, at and (at - 9) / size or used
  while low < high do
    local middle = floor((low + high) / 2)
    if above(entry, held, 9 + middle * size) then high = middle else low = middle + 1 end
  end
  if low == keep then return nil end
  -- Those behind it move up to where its item was, or to the end, where the least falls out of a full list.
  local moved = sub(held, 9 + low * size, (at or math.min(limit, slot_size + 1 - size)) - 1)
  return low, entry .. moved, at and used or math.min(used + 1, keep)
end

-- Redis prints each number that a call is given, with 17 digits, for about 0.3 µs: all go as texts, made once.
local text = setmetatable({}, { __index = function(made, number)
  made[number] = tostring(number)
  return made[number]
end })
local written = 0
for i = 1, #KEYS do
  local key, from = KEYS[i], (i - 1) * row_size + 1
  local tile, entry = unpack('<I4', rows, from), sub(rows, from + 4, from + row_size - 1)
  local start = tile % slots * slot_size
  local head = call('GETRANGE', key, text[start], text[start + 7])
  local held_tile, held_used = 0, 0
  if #head == 8 then held_tile, held_used = unpack('<I4I4', head) end
  if tile >= held_tile then
    local used, held = 0, head
    if tile == held_tile and held_used > 0 then
      used, held = held_used, call('GETRANGE', key, text[start], text[start + 7 + held_used * size])
    end
    local low, entries, now_used = change(held, used, entry)
    if low then
      local now_head = pack('<I4I4', tile, now_used)
      if #head < 8 or slots == 1 and now_used > used then
        -- SETRANGE would make room for twice as much.
        local before = start > 0 and call('GETRANGE', key, '0', text[start - 1]) or ''
        local now_held = now_head .. sub(held, 9, 8 + low * size) .. entries
        local room = slots > 1 and slot_size or #now_held
        before = before .. rep('\0', start - #before)
        call('SET', key, before .. now_held .. rep('\0', room - #now_held), 'KEEPTTL')
      else
        if tile ~= held_tile or now_used ~= used then call('SETRANGE', key, text[start], now_head) end
        call('SETRANGE', key, text[start + 8 + low * size], entries)
      end
      -- The time to live of a tile's first write outlasts every window that sees the tile.
      if tile ~= held_tile or slots == 1 then call('PEXPIREAT', key, expires_ms) end
      written = written + 1
    end
  end
end
return written
