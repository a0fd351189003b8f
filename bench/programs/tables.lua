local rows = {}
local seed = 42
for i = 1, 60000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  rows[i] = { key = seed, value = i }
end
table.sort(rows, function(a, b) return a.key < b.key end)
for i = 2, #rows do assert(rows[i - 1].key <= rows[i].key) end
