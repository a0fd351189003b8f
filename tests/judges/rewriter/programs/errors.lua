local caught, depth = 0, 0
local function fall(n)
  if n == 0 then error({ "bottom" }) end
  return 1 + fall(n - 1)
end
for i = 1, 2000 do
  local ok, problem = pcall(fall, i % 50)
  if not ok and problem[1] == "bottom" then caught = caught + 1 end
end
local function endless() return 1 + endless() end
print(caught, pcall(endless) == false, select("#", xpcall(error, function(m) return m end, "x")))
for _ = 1, 200 do
  setmetatable({}, { __gc = function() depth = depth + 1 end })
end
collectgarbage()
print(depth)
