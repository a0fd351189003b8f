local state = 42
local function random(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state % n
end
local list = {}
for i = 1, 20000 do list[i] = random(100000) end
table.sort(list, function(a, b) return a > b end)
local seen, distinct = {}, 0
for _, value in ipairs(list) do
  if not seen[value] then distinct, seen[value] = distinct + 1, true end
end
print(list[1], list[10000], list[20000], distinct)
