# Runs one untrusted program. Input (fd 0): 8 bytes of length, the source, then the one-time token, which stays in the
# pipe, outside this process, until the last statement of the program has returned.
import os
import sys
import time


def main():
    read, write, getpid, leave, clock = os.read, os.write, os.getpid, os._exit, time.process_time

    def take(count, fd):
        parts = []
        while count:
            part = read(fd, min(count, 65536))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    source = take(int.from_bytes(take(8, 0), "big"), 0).decode("utf-8")
    channel, verdict = os.dup(0), os.dup(2)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(1, 2)
    os.close(null)
    sys.path[:] = [entry for entry in sys.path if entry]
    sys.argv[:] = [""]
    me = getpid()
    write(verdict, b"ready\n")
    stage = "compile"
    try:
        code = compile(source, "<program>", "exec")
        stage = "run"
        exec(code, {})
    except BaseException as error:
        if getpid() == me:
            name = type(error).__name__ if stage == "run" else "compile:" + type(error).__name__
            try:
                message = ascii(str(error))[:300]
            except BaseException:
                message = "''"
            write(verdict, ("fail " + name + " " + message + "\n").encode("ascii", "replace"))
        leave(1)
    if getpid() == me:
        write(verdict, b"pass " + take(4096, channel) + b" " + repr(clock()).encode() + b"\n")
    leave(0)


main()
