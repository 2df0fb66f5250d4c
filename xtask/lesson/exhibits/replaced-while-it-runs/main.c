/* A program that runs while somebody installs a newer library. */

#include <stdlib.h>

#include "hello.h"

int main(void) {
    Hello();
    if (system("sh xtask/lesson/exhibits/replaced-while-it-runs/upgrade.sh") != 0) {
        return 1;
    }
    Hello();
    return 0;
}
