local parts = {}
for i = 1, 60000 do parts[#parts + 1] = ("%d:%s"):format(i, ("x"):rep(i % 7)) end
local text = table.concat(parts, ",")
local digits = select(2, text:gsub("%d", ""))
assert(digits == 288894 and #text:upper() == #text)
