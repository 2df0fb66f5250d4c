/* A program that uses two libraries. Both happen to be written in Rust. */

#include <stdio.h>

#include "hello.h"

int other_sum(int last); /* in other.rs */

int main(void) {
    Hello();
    printf("The sum of the numbers up to 4 is: %d\n", other_sum(4));
    return 0;
}
