use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_verify::main(vec![&xtask_ship::ROWS])
}
