use plimsoll_sources::sample::{Spec, World};
fn main() {
    let t = std::time::Instant::now();
    let spec = if std::env::args().any(|a| a == "full") { Spec::default() } else { Spec::small() };
    let w = World::new(&spec);
    println!("world {:?} filers {}", t.elapsed(), w.filers.len());
    let t = std::time::Instant::now();
    w.write(std::path::Path::new("/tmp/w8world")).unwrap();
    println!("write {:?}", t.elapsed());
}
