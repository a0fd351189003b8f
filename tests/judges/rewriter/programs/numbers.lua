local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local n, sum = 100, 0
local grid = {}
for i = 1, n do
  grid[i] = {}
  for j = 1, n do grid[i][j] = (i * j) % 11 end
end
for i = 1, n do
  for j = 1, n do
    local total = 0
    for k = 1, n do total = total + grid[i][k] * grid[k][j] end
    sum = sum + total
  end
end
local flips, i = 0, 27
while i ~= 1 do i, flips = i % 2 == 0 and i // 2 or 3 * i + 1, flips + 1 end
print(fib(22), sum, flips, 7 // 2, 2 ^ 0.5, 0x7fffffffffffffff + 1)
