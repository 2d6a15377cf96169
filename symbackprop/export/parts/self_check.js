// All numbers of nested arrays, or of an object of them, in order.
function numbers(value) {
  return typeof value === "object" ? Object.values(value).flatMap(numbers) : [value];
}

// A copy of nested arrays of which one number, counted in order, is greater by a step.
function moved(value, place, step) {
  if (!Array.isArray(value)) return place === 0 ? value + step : value;
  return value.map((part) => {
    const copy = moved(part, place, step);
    place -= numbers(part).length;
    return copy;
  });
}

// The objective and the gradient of each sample; `put` may change its values.
function evaluated(put = (values) => values) {
  return SAMPLES.map((sample) => objective_and_gradient(put({ ...PARAMETERS, ...sample })));
}

// Numbers of all samples as one.
function total(numbers) {
  return SHARE*numbers.reduce((sum, number) => sum + number, 0);
}

// The objective where one number of an argument is greater by a step.
function objective_at(name, place, step) {
  return total(evaluated((values) => ({ ...values, [name]: moved(values[name], place, step) })).map(([objective]) => objective));
}

// Compare the function with what is expected, and its gradient with differences of its objective.
function self_check() {
  const samples = evaluated();
  const objective = total(samples.map(([objective]) => objective));
  const gradients = samples.map(([, gradient]) => numbers(gradient));
  const partials = gradients[0].map((_, index) => total(gradients.map((gradient) => gradient[index])));
  const expected = numbers(EXPECTED_GRADIENT);
  const values = { ...PARAMETERS, ...SAMPLES[0] };
  const places = Object.entries(EXPECTED_GRADIENT).flatMap(([name, value]) => numbers(value).map((_, place) => [name, place]));
  const failed = [];

  if (!(Math.abs(objective - EXPECTED_OBJECTIVE) <= OBJECTIVE_TOLERANCE)) {
    failed.push(`the objective is ${objective}, expected ${EXPECTED_OBJECTIVE}`);
  }
  places.forEach(([name, place], index) => {
    if (!(Math.abs(partials[index] - expected[index]) <= GRADIENT_TOLERANCE)) {
      failed.push(`the gradient by ${name}, number ${place}, is ${partials[index]}, expected ${expected[index]}`);
    }
  });
  console.log(`objective and ${expected.length} partials against their expected values: ${failed.length ? "wrong" : "ok"}`);

  const before = failed.length, every = 1 + Math.floor(places.length/MOST_DIFFERENCES);
  let compared = 0;
  places.forEach(([name, place], index) => {
    if (!(name in values) || index % every) return;
    const step = STEP*Math.max(1, Math.abs(numbers(values[name])[place]));
    const right = (objective_at(name, place, step) - objective)/step;
    const left = (objective - objective_at(name, place, -step))/step;
    // Left and right differ by curvature, or at a kink.
    const tolerance = Math.abs(right - left) + DIFFERENCE_TOLERANCE;
    compared += 1;
    if (!(Math.abs((left + right)/2 - partials[index]) <= tolerance)) {
      failed.push(`the gradient by ${name}, number ${place}, is ${partials[index]}, differences give ${(left + right)/2}`);
    }
  });
  console.log(`${compared} partials against central differences: ${failed.length > before ? "wrong" : "ok"}`);
  failed.slice(0, 10).forEach((line) => console.log(line));
  return !failed.length;
}
