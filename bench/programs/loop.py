def run():
    total = 0
    for i in range(500_000):
        total += i * i % 7
    return total

assert run() == 999_999
