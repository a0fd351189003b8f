local parts = {}
for i = 1, 20000 do parts[#parts + 1] = string.format("%d:%s", i, ("x"):rep(i % 7)) end
local text = table.concat(parts, ",")
local count, sum = 0, 0
for number, run in text:gmatch("(%d+):(x*)") do
  count = count + 1
  sum = sum + number * #run
end
print(count, sum, #text, (text:gsub("x+", string.upper)):sub(-30))
