#include "parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

namespace ctorch {
namespace {

// Why not at::parallel_for: it is a template that runs on one thread unless its caller is compiled with OpenMP, which
// Swift's compiler lacks. And OpenMP deals the work out beforehand and waits, spinning, for every thread: on a machine
// with other work to do a step then takes many times as long. Here a thread that is late finds nothing left to do.
struct Job {
    c10::function_ref<void(int64_t)> body;
    int64_t number;
    std::atomic<int64_t> next{0};
    std::atomic_flag failed = ATOMIC_FLAG_INIT;
    std::exception_ptr error = nullptr;

    void work() {
        for (int64_t piece = next++; piece < number; piece = next++) {
            try {
                body(piece);
            } catch (...) {
                if (!failed.test_and_set()) error = std::current_exception();
            }
        }
    }
};

void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

class Crew {
public:
    Crew() : size(at::get_num_threads()) { at::set_num_threads(1); }

    void run(Job &given) {
        // With one thread, or where another caller has the crew, the caller does it all.
        if (size == 1 || given.number == 1 || busy.test_and_set()) return given.work();
        while (helpers < size - 1) std::thread([this, index = helpers++] { help(index); }).detach();
        job = &given;
        round++;
        round.notify_all();
        given.work();
        // Who enters from here on finds no job; who is inside is still at work.
        job = nullptr;
        for (int spins = 0; inside != 0; spins++) spins < 1000 ? pause_briefly() : std::this_thread::yield();
        busy.clear();
    }

    std::atomic<int> size;

private:
    [[noreturn]] void help(int index) {
        for (uint32_t seen = 0;;) {
            // The next operation mostly comes within microseconds, sooner than a sleeping thread would wake.
            for (int spins = 0; round == seen && spins < 2000; spins++) pause_briefly();
            round.wait(seen);
            seen = round;
            if (index >= size - 1) continue;
            inside++;
            if (Job *found = job) found->work();
            inside--;
        }
    }

    std::atomic_flag busy = ATOMIC_FLAG_INIT;
    std::atomic<Job *> job = nullptr;
    std::atomic<uint32_t> round = 0;
    std::atomic<int> inside = 0;
    int helpers = 0;
};

// Never destroyed: its threads wait for work until the process ends.
Crew &crew() {
    static Crew &shared = *new Crew;
    return shared;
}

}  // namespace

Pieces::Pieces(int64_t count, int64_t smallest)
    : count(count), size(std::max({smallest, (count + 15) / 16, int64_t{1}})), number((count + size - 1) / size) {}

void Pieces::each(c10::function_ref<void(int64_t, int64_t, int64_t)> body) const {
    if (number == 0) return;
    auto one = [&](int64_t piece) { body(piece, piece * size, std::min(count, (piece + 1) * size)); };
    Job job{one, number};
    crew().run(job);
    if (job.error) std::rethrow_exception(job.error);
}

void set_thread_count(int count) { crew().size = std::max(1, count); }
int thread_count() { return crew().size; }

}  // namespace ctorch
