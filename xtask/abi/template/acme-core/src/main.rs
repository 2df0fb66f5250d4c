// example: begin
//! Stage 1 of the pipeline: the library, used from Rust. The programs in C and Python print the same.

fn main() {
    let boiling = acme_core::fahrenheit(100.0);
    println!("100 degrees Celsius are {boiling} degrees Fahrenheit");
}
// example: end
