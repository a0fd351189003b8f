// What rustc makes of iterators, closures, matches, slices, trait objects and recursion.
use std::collections::HashMap;

#[no_mangle]
pub extern "C" fn wasmsig_block() -> i32 {
    BLOCK.0.as_ptr() as i32
}
#[no_mangle]
pub extern "C" fn wasmsig_safe_point() -> i32 {
    BLOCK.0[16].store(0, std::sync::atomic::Ordering::SeqCst);
    7
}
#[no_mangle]
pub extern "C" fn wasmsig_deliver() -> i32 {
    0
}
#[repr(align(64))]
struct Block([std::sync::atomic::AtomicU32; 64]);
#[allow(clippy::declare_interior_mutable_const)]
const ZERO: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
static BLOCK: Block = Block([ZERO; 64]);

trait Shape {
    fn area(&self, depth: u32) -> u64;
}
struct Square(u64);
struct Pair(Box<dyn Shape>, Box<dyn Shape>);
impl Shape for Square {
    fn area(&self, depth: u32) -> u64 {
        self.0 * self.0 + u64::from(depth)
    }
}
impl Shape for Pair {
    fn area(&self, depth: u32) -> u64 {
        self.0.area(depth + 1) + 2 * self.1.area(depth + 1)
    }
}
fn shape(depth: u32) -> Box<dyn Shape> {
    if depth == 0 { Box::new(Square(3)) } else { Box::new(Pair(shape(depth - 1), shape(depth / 2))) }
}

fn main() {
    let mut words: HashMap<String, usize> = HashMap::new();
    for n in 0..2000u32 {
        *words.entry(format!("{:x}", n.wrapping_mul(2654435761) >> 22)).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = words.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let primes = (2..5000u32).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0)).count();
    let mut state = 1u64;
    let walk = loop {
        state = if state % 2 == 0 { state / 2 } else { 3 * state + 7 };
        if state % 1009 == 5 || state > 1 << 40 { break state; }
    };
    println!("{:?} {} {} {}", &counts[..3], primes, walk, shape(9).area(0));
}
