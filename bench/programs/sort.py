numbers = [i * 7919 % 100_003 for i in range(100_000)]
numbers.sort(key=lambda n: -n)
assert all(numbers[i] >= numbers[i + 1] for i in range(len(numbers) - 1))
