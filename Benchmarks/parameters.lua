-- wrk's requests for parameters: 50 raw ids and a nonce of its own each. VERSION comes from the environment.
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init()
    math.randomseed(id + 1)
    count = 0
    local path, version = "/v1/models/" .. os.getenv("MODEL") .. "/parameters", os.getenv("VERSION")
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    -- Made beforehand, all but the count in the nonce, so that the generator of load takes little of the machine.
    heads, tails = {}, {}
    local mark = "0000000000"
    for number = 1, 2000 do
        local ids = {}
        for place = 1, 50 do ids[place] = '"' .. math.random(1, 1300) .. '"' end
        local request = wrk.format(nil, path, nil, string.format('{"version":"%s","nonce":"%d-%d-%s","samples":[%s]}',
            version, os.time(), id, mark, table.concat(ids, ",")))
        local first, last = request:find(mark, 1, true)
        heads[number], tails[number] = request:sub(1, first - 1), request:sub(last + 1)
    end
end

function request()
    count = count + 1
    local number = count % #heads + 1
    -- Ten digits, as many as the length of the request counts on.
    return heads[number] .. (1000000000 + count) .. tails[number]
end

function done(summary, latency)
    io.write(string.format("%.0f requests/s, p50 %.2f ms, p99 %.2f ms, %d refused\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status))
end
