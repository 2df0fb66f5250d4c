use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_verify::main(xtask_ship::CHECKS.to_vec(), xtask_ship::COMMANDS.to_vec())
}
